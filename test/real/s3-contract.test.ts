import { runStoreContract } from '../store/contract.ts';
import { s3Place } from '../store/s3-place.ts';

runStoreContract('the store in S3', () => s3Place());
