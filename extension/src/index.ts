import { commands } from './plugins/commands';
import { launcher } from './plugins/launcher';
import { notebook } from './plugins/notebook';
import { panel } from './plugins/panel';

export { ILocalAI } from './tokens';

export default [panel, commands, launcher, notebook];
