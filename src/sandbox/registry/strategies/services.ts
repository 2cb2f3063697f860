import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { listAt, madeAt, setDefaults, textAt } from '../fields.ts';
import type { Strategy, StrategyContext } from '../kind.ts';
import { validateService, validateServiceUpdate } from '../validation/service.ts';
import { dnsLabel } from '../validation/names.ts';
import { keepStatus } from './shared.ts';

const services: Strategy = {
  nameRule: dnsLabel,
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
    if (spec.sessionAffinity === 'ClientIP')
      setDefaults(madeAt(spec, 'sessionAffinityConfig', 'clientIP'), { timeoutSeconds: 10_800 });
    for (const port of listAt(spec, 'ports')) {
      setDefaults(port, { protocol: 'TCP' });
      setDefaults(port, { targetPort: port.port });
    }
    if (spec.type !== 'ExternalName') setDefaults(spec, { internalTrafficPolicy: 'Cluster' });
    setDefaults(madeAt(object, 'status'), { loadBalancer: {} });
  },
  prepareForCreate(object, context) {
    object.status = { loadBalancer: {} };
    const spec = madeAt(object, 'spec');
    if (spec.type === 'ExternalName') return;
    setDefaults(spec, { clusterIP: freeAddress(context) });
    setDefaults(spec, { clusterIPs: [spec.clusterIP], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const spec = madeAt(object, 'spec');
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      // What the server allocated is kept when the client leaves it out.
      if (spec[name] === undefined && textAt(old, 'spec', 'type') !== 'ExternalName') {
        spec[name] = madeAt(old, 'spec')[name];
      }
      if (spec[name] === undefined) delete spec[name];
    }
    // A client that changes the older field alone means the list as well.
    const before = madeAt(old, 'spec');
    if (spec.clusterIP !== before.clusterIP && isDeepStrictEqual(spec.clusterIPs, before.clusterIPs)) {
      spec.clusterIPs = [spec.clusterIP];
    }
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
};

export const serviceStrategies: Record<string, Strategy> = { services };

/** The next address of 10.96.0.0/16 that no service has; deterministic, so that a rehearsal repeats itself. */
function freeAddress(context: StrategyContext): string {
  const used = new Set(context.list('services').map((service: KubeObject) => textAt(service, 'spec', 'clusterIP')));
  for (let index = 1; index < 65_536; index++) {
    const address = `10.96.${index >> 8}.${index & 255}`;
    if (!used.has(address)) return address;
  }
  return '';
}
