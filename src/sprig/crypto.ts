import { createDecipheriv, createHash, createHmac, scryptSync } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { RemovedFunction } from '../template/function.ts';
import { fromBytes, toBytes } from '../template/text.ts';
import { chargeText, failure, fixed, ofString } from './define.ts';
import type { Chapter } from './define.ts';
import { integerArgument } from './number.ts';

