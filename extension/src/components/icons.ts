import { LabIcon } from '@jupyterlab/ui-components';

import localaiSvg from '../../style/localai.svg';
import pinSvg from '../../style/pin.svg';
import sendSvg from '../../style/send.svg';
import thumbDownSvg from '../../style/thumb-down.svg';
import thumbUpSvg from '../../style/thumb-up.svg';

export const localaiIcon = new LabIcon({
  name: 'jupyter-localai:panel',
  svgstr: localaiSvg
});

export const sendIcon = new LabIcon({
  name: 'jupyter-localai:send',
  svgstr: sendSvg
});

export const usefulIcon = new LabIcon({
  name: 'jupyter-localai:useful',
  svgstr: thumbUpSvg
});

export const notUsefulIcon = new LabIcon({
  name: 'jupyter-localai:not-useful',
  svgstr: thumbDownSvg
});

export const pinIcon = new LabIcon({
  name: 'jupyter-localai:pin',
  svgstr: pinSvg
});
