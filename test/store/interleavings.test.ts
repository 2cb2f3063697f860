import { interleavingsContract } from './contract-interleavings.ts';
import { localPlace } from './place.ts';

interleavingsContract('the local store', localPlace, 120);
