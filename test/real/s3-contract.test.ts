import { createS3Intake } from '../../src/store/s3-intake.ts';
import { intakeContract } from '../store/contract-intake.ts';
import { interleavingsContract } from '../store/contract-interleavings.ts';
import { processesContract } from '../store/contract-processes.ts';
import { runStoreContract } from '../store/contract.ts';
import { hastyClock, openS3, s3Place } from '../store/s3-place.ts';

runStoreContract('the store in S3', s3Place);
processesContract('the store in S3', s3Place, 40);
interleavingsContract(
  'the store in S3',
  async () => {
    const place = await s3Place();
    return { ...place, open: () => openS3(place.where, hastyClock()) };
  },
  25,
);
intakeContract('the store in S3', s3Place, createS3Intake);
