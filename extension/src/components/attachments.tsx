import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { labelOf } from '../text/attached';
import { nameOf } from '../text/words';
import { IconButton } from './button';
import { usePanel } from './context';

/** What the next question is about, and what the questions are limited to; each can be taken away. */
export function Attachments(): JSX.Element | null {
  const { model, trans } = usePanel();
  const { attachments } = model;
  const { text, document } = attachments;
  return text || document ? (
    <div className="jp-LocalAI-attachments">
      {document && (
        <div
          className="jp-LocalAI-chip"
          role="group"
          aria-label={trans.__('Only %1', nameOf(document))}
          title={document}
        >
          <span className="jp-LocalAI-chipText">
            <span>{trans.__('Only %1', nameOf(document))}</span>
          </span>
          <IconButton
            icon={closeIcon}
            label={trans.__('Ask all documents again')}
            onClick={() => attachments.limit('')}
          />
        </div>
      )}
      {text && (
        <Attached
          key={text}
          text={text}
          onRemove={() => {
            attachments.detach();
          }}
        />
      )}
    </div>
  ) : null;
}

/** A text that a question is about: its name and first line, and all of it on demand. */
export function Attached(props: {
  text: string;
  onRemove?: () => void;
}): JSX.Element {
  const { trans } = usePanel();
  const [open, setOpen] = React.useState(false);
  const { text, onRemove } = props;
  const { label, first } = labelOf(text);
  return (
    <div className="jp-LocalAI-attached" role="group" aria-label={label}>
      <div className="jp-LocalAI-chip">
        <button
          type="button"
          className="jp-LocalAI-chipText"
          aria-expanded={open}
          title={
            open
              ? trans.__('Hide what is sent')
              : trans.__('Show what is sent with the question')
          }
          onClick={() => setOpen(!open)}
        >
          <span>{label}</span>
          {first && <code>{first.slice(0, 200)}</code>}
        </button>
        {onRemove && (
          <IconButton
            icon={closeIcon}
            label={trans.__('Remove %1', label)}
            onClick={onRemove}
          />
        )}
      </div>
      {open && (
        <pre className="jp-LocalAI-sent" tabIndex={0}>
          {text}
        </pre>
      )}
    </div>
  );
}
