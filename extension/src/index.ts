import { answers } from './plugins/answers';
import { commands } from './plugins/commands';
import { elsewhere } from './plugins/elsewhere';
import { files } from './plugins/files';
import { updates } from './plugins/updates';
import { launcher } from './plugins/launcher';
import { notebook } from './plugins/notebook';
import { panel } from './plugins/panel';
import { places } from './plugins/places';
import { status } from './plugins/status';
import { talks } from './plugins/talks';
import { team } from './plugins/team';

export { ILocalAI } from './plugins/tokens';

export default [
  panel,
  commands,
  talks,
  launcher,
  files,
  team,
  status,
  updates,
  answers,
  places,
  notebook,
  elsewhere
];
