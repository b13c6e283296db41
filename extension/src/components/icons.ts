import { LabIcon } from '@jupyterlab/ui-components';

import localaiSvg from '../../style/localai.svg';
import sendSvg from '../../style/send.svg';

export const localaiIcon = new LabIcon({
  name: 'jupyter-localai:panel',
  svgstr: localaiSvg
});

export const sendIcon = new LabIcon({
  name: 'jupyter-localai:send',
  svgstr: sendSvg
});
