import { answers } from './plugins/answers';
import { commands } from './plugins/commands';
import { following } from './plugins/following';
import { launcher } from './plugins/launcher';
import { notebook } from './plugins/notebook';
import { panel } from './plugins/panel';
import { places } from './plugins/places';

export { ILocalAI } from './tokens';

export default [
  panel,
  commands,
  launcher,
  following,
  answers,
  places,
  notebook
];
