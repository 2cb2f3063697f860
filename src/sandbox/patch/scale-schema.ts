import { SchemaNode, type Definitions } from './schema-node.ts';

const NAMES = { spec: 'io.k8s.api.autoscaling.v1.ScaleSpec', status: 'io.k8s.api.autoscaling.v1.ScaleStatus' };

/** The scale subresource of autoscaling/v1, whose document was not recorded: it is in no index, but it is patched. */
export function scaleRoot(recorded: Definitions): SchemaNode {
  const definitions: Definitions = {
    ...recorded,
    [NAMES.spec]: { type: 'object', properties: { replicas: { type: 'integer', format: 'int32' } } },
    [NAMES.status]: {
      type: 'object',
      required: ['replicas'],
      properties: { replicas: { type: 'integer', format: 'int32', default: 0 }, selector: { type: 'string' } },
    },
  };
  const part = (name: string) => ({ default: {}, allOf: [{ $ref: `#/components/schemas/${name}` }] });
  const properties = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: part('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'),
    spec: part(NAMES.spec),
    status: part(NAMES.status),
  };
  return new SchemaNode({ type: 'object', properties }, 'io.k8s.api.autoscaling.v1.Scale', '', definitions);
}
