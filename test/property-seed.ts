/**
 * Property tests try the same inputs in every run, so that a run that fails has failed by the change under test.
 * `PROPERTY_SEED=random` explores others, `PROPERTY_SEED=N` repeats a run that has found something.
 */
import fc from 'fast-check';

const FIXED_SEED = 1;

const WANTED = process.env['PROPERTY_SEED'];
if (WANTED !== 'random') {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(WANTED ?? FIXED_SEED) });
}
