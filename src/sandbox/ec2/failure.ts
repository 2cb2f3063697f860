/** An answer of EC2 or STS other than success, with the code and text of the real service. */
export class CloudFailure extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'CloudFailure';
    this.code = code;
    this.status = status;
  }
}

export const volumeNotFound = (id: string): CloudFailure =>
  new CloudFailure('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);

export const snapshotNotFound = (id: string): CloudFailure =>
  new CloudFailure('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);

export const instanceNotFound = (id: string): CloudFailure =>
  new CloudFailure('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);

export const missingParameter = (name: string): CloudFailure =>
  new CloudFailure('MissingParameter', `The request must contain the parameter ${name}`);

export const invalidValue = (name: string, value: string, expected: string): CloudFailure =>
  new CloudFailure('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid. ${expected}`);

/** Not a real answer: the sandbox says what it does not simulate, instead of accepting it silently. */
export const notSimulated = (what: string): CloudFailure =>
  new CloudFailure('InvalidAction', `The sandbox does not simulate ${what}.`, 501);
