import { failure } from '../registry/status.ts';
import type { Users } from './context.ts';
import type { ApiRequest, Identity } from './request.ts';

export const anonymous: Identity = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Who asks: by bearer token, or nobody in particular. Throws 401 for a token that is unknown or has expired. */
export function authenticate(request: ApiRequest, users: Users): Identity {
  if (request.identity) return request.identity;
  const header = request.headers.authorization ?? '';
  if (header === '') return anonymous;
  const token = /^Bearer +(.+)$/i.exec(header)?.[1]?.trim();
  const identity = token === undefined ? undefined : users.byToken(token);
  if (identity === undefined || identity === 'expired') throw unauthorized();
  return impersonated(request, withAuthenticated(identity));
}

export const unauthorized = () => failure(401, 'Unauthorized', 'Unauthorized');

function withAuthenticated(identity: Identity): Identity {
  const groups = identity.groups.includes('system:authenticated')
    ? identity.groups
    : [...identity.groups, 'system:authenticated'];
  return { ...identity, groups };
}

/** `kubectl --as`; only administrators may. */
function impersonated(request: ApiRequest, identity: Identity): Identity {
  const as = request.headers['impersonate-user'];
  if (as === undefined) return identity;
  if (!identity.groups.includes('system:masters')) {
    throw failure(
      403,
      'Forbidden',
      `users "${as}" is forbidden: User "${identity.username}" cannot impersonate resource "users" in API group "" at the cluster scope`,
      { name: as, kind: 'users' },
    );
  }
  const groups = (request.headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter(Boolean);
  return withAuthenticated({ username: as, groups });
}
