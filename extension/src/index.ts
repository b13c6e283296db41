import { commands } from './plugins/commands';
import { following } from './plugins/following';
import { launcher } from './plugins/launcher';
import { panel } from './plugins/panel';

export { ILocalAI } from './tokens';

export default [panel, commands, launcher, following];
