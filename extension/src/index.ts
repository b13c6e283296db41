import { answers } from './plugins/answers';
import { commands } from './plugins/commands';
import { launcher } from './plugins/launcher';
import { panel } from './plugins/panel';
import { places } from './plugins/places';

export { ILocalAI } from './tokens';

export default [panel, commands, launcher, answers, places];
