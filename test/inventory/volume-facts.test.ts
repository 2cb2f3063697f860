import { describe, expect, it } from 'vitest';
import { claimFactsOf } from '../../src/inventory/claim.ts';
import { fieldOf, listAt, numberAt, textAt } from '../../src/inventory/fields.ts';
import { pvFactsOf } from '../../src/inventory/persistent-volume.ts';
import { bytesOf, gibOf } from '../../src/inventory/quantity.ts';
import { ec2VolumeIdOf, normaliseHandle } from '../../src/inventory/volume-handle.ts';
import { claimObject, pvObject } from './objects.ts';

describe('one spelling for one volume', () => {
  it.each([
    ['ebs.csi.aws.com', 'vol-0a1', 'vol-0a1'],
    ['kubernetes.io/aws-ebs', 'aws://eu-west-1a/vol-0a1', 'vol-0a1'],
    ['kubernetes.io/aws-ebs', 'aws:///vol-0a1', 'vol-0a1'],
    ['kubernetes.io/aws-ebs', 'vol-0a1', 'vol-0a1'],
    ['efs.csi.aws.com', 'fs-1::fsap-2', 'efs.csi.aws.com/fs-1::fsap-2'],
    ['other.csi', 'vol-0a1', 'other.csi/vol-0a1'],
  ])('trap 10: %s %s is %s', (driver, handle, normal) => {
    expect(normaliseHandle(driver, handle)).toBe(normal);
  });

  it('takes only EBS handles for EC2 volume ids', () => {
    expect(ec2VolumeIdOf('vol-0a1')).toBe('vol-0a1');
    expect(ec2VolumeIdOf('other.csi/vol-0a1')).toBeUndefined();
    expect(ec2VolumeIdOf(undefined)).toBeUndefined();
  });
});

describe('what a PersistentVolume says', () => {
  it('is read without guessing: what is not written is absent', () => {
    const facts = pvFactsOf({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'bare' } });
    expect(facts).toEqual({
      name: 'bare',
      uid: '',
      phase: 'Pending',
      policy: 'Retain',
      storageClass: '',
      accessModes: [],
      terminating: false,
      finalizers: [],
    });
  });

  it('holds handle, zone, claim and mode of a CSI volume', () => {
    expect(pvFactsOf(pvObject())).toMatchObject({
      handle: 'vol-0',
      zone: 'eu-west-1a',
      fsType: 'ext4',
      volumeMode: 'Filesystem',
      capacityBytes: 10 * 2 ** 30,
      claim: { namespace: 'shop', name: 'data-kafka-0', uid: 'old-uid', resourceVersion: '419' },
    });
  });

  it('finds the zone of an in-tree volume in its handle', () => {
    const facts = pvFactsOf(pvObject({ inTree: 'aws://eu-west-1b/vol-9', zone: undefined }));
    expect(facts).toMatchObject({ handle: 'vol-9', zone: 'eu-west-1b', driver: 'kubernetes.io/aws-ebs' });
  });

  it('survives JSON unchanged', () => {
    const facts = pvFactsOf(pvObject({ claim: undefined, zone: undefined }));
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });
});

describe('what a claim says', () => {
  it('tells "no class" from "no word about the class"', () => {
    expect(claimFactsOf(claimObject({ storageClass: '' })).storageClass).toBe('');
    const silent = claimObject();
    delete (silent['spec'] as { storageClassName?: string }).storageClassName;
    expect(claimFactsOf(silent).storageClass).toBeUndefined();
  });

  it('takes an empty volumeName for none', () => {
    expect(claimFactsOf(claimObject({ volumeName: '' })).volumeName).toBeUndefined();
  });
});

describe('quantities', () => {
  it.each([
    ['10Gi', 10 * 2 ** 30],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['10G', 10e9],
    ['1e3', 1000],
    ['5', 5],
    ['ten', undefined],
    ['', undefined],
  ])('%s is %s bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });

  it('counts in whole GiB, rounded up, as EC2 does', () => {
    expect(gibOf(10e9)).toBe(10);
    expect(gibOf(2 ** 30 + 1)).toBe(2);
  });
});

describe('paths into untyped objects', () => {
  const object = { a: { b: ['x', { c: 3 }], e: '' } };
  it('end in undefined where there is nothing, and never throw', () => {
    expect(textAt(object, 'a', 'b', 0)).toBe('x');
    expect(numberAt(object, 'a', 'b', 1, 'c')).toBe(3);
    expect(textAt(object, 'a', 'e')).toBeUndefined();
    expect(fieldOf(object, 'a', 'b', 'c')).toBeUndefined();
    expect(fieldOf(null, 'a')).toBeUndefined();
    expect(listAt(object, 'a')).toEqual([]);
    expect(fieldOf(object, 'constructor')).toBeUndefined();
  });
});
