import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { labelOf } from '../text/attached';
import { nameOf } from '../text/words';
import { IconButton } from './button';
import { usePanel } from './context';

/** The text attached to the next question and the document that limits it; each can be removed. */
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
        <Attachment
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

/** A text attached to a question: its label and first line, and the whole text on demand. */
export function Attachment(props: {
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
          title={open ? trans.__('Hide the text') : trans.__('Show the text')}
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
