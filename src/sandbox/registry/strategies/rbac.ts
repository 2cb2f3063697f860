import type { KubeObject } from '../../types.ts';
import { listAt, setDefaults } from '../fields.ts';
import type { Strategy } from '../kind.ts';
import { pathSegment } from '../validation/names.ts';
import { validateBindingUpdate, validateRole } from '../validation/records.ts';

const rbac = 'rbac.authorization.k8s.io';

const bindings: Strategy = {
  nameRule: pathSegment,
  defaults(object) {
    for (const subject of listAt(object, 'subjects')) {
      if (subject.kind === 'User' || subject.kind === 'Group') setDefaults(subject, { apiGroup: rbac });
    }
    for (const reference of listAt({ list: [object.roleRef] }, 'list')) setDefaults(reference, { apiGroup: rbac });
  },
  validateUpdate: validateBindingUpdate,
};

const roles: Strategy = {
  nameRule: pathSegment,
  // No rules are written as null; where none were sent, nobody owns the field.
  prepareForCreate: emptyRules,
  prepareForUpdate: emptyRules,
  validate: validateRole,
  validateUpdate: validateRole,
};

function emptyRules(object: KubeObject): void {
  if (listAt(object, 'rules').length === 0) object.rules = null;
}

export const rbacStrategies: Record<string, Strategy> = {
  [`roles.${rbac}`]: roles,
  [`clusterroles.${rbac}`]: roles,
  [`rolebindings.${rbac}`]: bindings,
  [`clusterrolebindings.${rbac}`]: bindings,
};
