import { nvs } from './this-board.js';

export default {
  open({ path, format }: { path: string; format: string }) {
    if (format !== 'buffer') throw new RangeError('unsupported');
    return nvs.open(path);
  },
};
