import { listAt, textAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Cause } from '../status.ts';
import { disallowed, duplicate, required, wrong } from './causes.ts';
import { dnsLabel } from './names.ts';

/** In the order in which a real server looks for them: the first that is there is the source, each further one too many. */
const sources = [
  ...['emptyDir', 'gitRepo', 'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi'],
  ...['glusterfs', 'flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte', 'downwardAPI', 'fc'],
  ...['configMap', 'azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos'],
  ...['projected', 'scaleIO', 'csi', 'ephemeral', 'image'],
];

/** What is wrong with a pod's volumes, and the names of those that are sound: only these can be mounted. */
export function volumesOf(spec: Fields, field: string): { causes: Cause[]; sound: Set<string> } {
  const sound = new Set<string>();
  const causes = listAt(spec, 'volumes').flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const name = textAt(volume, 'name');
    const wrongs = [...sourceCauses(volume, at), ...nameCauses(name, `${at}.name`)];
    if (sound.has(name)) wrongs.push(duplicate(`${at}.name`, name));
    if (wrongs.length === 0) sound.add(name);
    return wrongs;
  });
  return { causes, sound };
}

function sourceCauses(volume: Fields, field: string): Cause[] {
  const [first, ...others] = sources.filter((name) => volume[name] !== undefined);
  return [
    ...others.map((name) => disallowed(`${field}.${name}`, 'may not specify more than 1 volume type')),
    ...(first === 'persistentVolumeClaim' && textAt(volume, first, 'claimName') === ''
      ? [required(`${field}.persistentVolumeClaim.claimName`)]
      : []),
  ];
}

function nameCauses(name: string, field: string): Cause[] {
  if (name === '') return [required(field)];
  const message = dnsLabel(name);
  return message === undefined ? [] : [wrong(field, name, message)];
}
