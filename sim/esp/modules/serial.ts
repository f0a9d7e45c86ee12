import { serialClass } from '../esp-platform.js';
import { habits, uart } from './this-board.js';

export default serialClass(uart, habits);
