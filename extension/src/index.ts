import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

/** Marks the panel's place in JupyterLab; it has no behaviour yet. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:plugin',
  description: 'Ask questions about your own documents.',
  autoStart: true,
  activate: () => undefined
};

export default plugin;
