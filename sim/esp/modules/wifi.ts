import { Wifi } from '../wifi.js';
import { point } from './this-network.js';

/** The driver of this board's radio. */
export default class ThisWifi extends Wifi {
  constructor(options: { readonly onChanged?: () => void }) {
    super({ ...options, point });
  }
}
