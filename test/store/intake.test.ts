import { createLocalIntake } from '../../src/store/local-intake.ts';
import { intakeContract } from './contract-intake.ts';
import { localPlace } from './place.ts';

intakeContract('the local store', localPlace, createLocalIntake);
