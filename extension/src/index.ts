import { commands } from './plugins/commands';
import { files } from './plugins/files';
import { launcher } from './plugins/launcher';
import { panel } from './plugins/panel';
import { status } from './plugins/status';

export { ILocalAI } from './tokens';

export default [panel, commands, launcher, files, status];
