import { Principals } from '../ec2/principals.ts';
import type { UserDirectory } from '../pipeline/users.ts';
import type { Access } from './access.ts';
import { newToken } from './users.ts';
import type { SandboxUser } from './users.ts';

/** The users of a sandbox at both of its endpoints: what expires, expires at both, as one single sign-on would have it. */
export class People {
  readonly principals: Principals;
  readonly #directory: UserDirectory;
  readonly #names: string[];

  constructor(directory: UserDirectory, state: { users: SandboxUser[]; retiredKeys: string[] }) {
    this.#directory = directory;
    this.#names = state.users.map(({ kubernetes }) => kubernetes.name);
    this.principals = new Principals({ principals: state.users.map(({ aws }) => aws), retired: state.retiredKeys });
    for (const { kubernetes, aws } of state.users) if (aws.expired) directory.expire(kubernetes.name);
  }

  expire(name: string): void {
    this.#find(name);
    this.#directory.expire(name);
    this.principals.expire(name);
  }

  /** New token and credentials; the old ones answer "expired" for ever. */
  renew(name: string): void {
    const { kubernetes } = this.#find(name);
    this.#directory.expire(name);
    this.#directory.set({ ...kubernetes, token: newToken() });
    this.principals.renew(name);
  }

  access(): Access['users'] {
    return this.#all().map(({ kubernetes, aws }) => ({
      name: kubernetes.name,
      token: kubernetes.token,
      credentials: { ...aws.credentials },
    }));
  }

  dump(): { users: SandboxUser[]; retiredKeys: string[] } {
    return { users: structuredClone(this.#all()), retiredKeys: this.principals.dump().retired };
  }

  #all(): SandboxUser[] {
    return this.#names.map((name) => this.#find(name));
  }

  #find(name: string): SandboxUser {
    const kubernetes = this.#directory.find(name);
    const aws = this.principals.get(name);
    if (!kubernetes || !aws) throw new Error(`The sandbox has no user ${name}; it has ${this.#names.join(', ')}.`);
    return { kubernetes, aws };
  }
}
