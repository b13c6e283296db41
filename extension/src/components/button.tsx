import type { LabIcon } from '@jupyterlab/ui-components';
import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

/** A button with an icon and a label for screen readers. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  disabled?: boolean;
  pressed?: boolean;
  hasMenu?: boolean;
  className?: string;
}): JSX.Element {
  return (
    <Button
      type="button"
      minimal
      className={`jp-LocalAI-iconButton ${props.className ?? ''}`}
      title={props.label}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-haspopup={props.hasMenu ? 'menu' : undefined}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" elementPosition="center" height="16px" />
    </Button>
  );
}

/** A button with text. */
export function TextButton(props: {
  children: React.ReactNode;
  onClick: () => void;
  /** What the button does, when its text alone does not say it. */
  label?: string;
  main?: boolean;
}): JSX.Element {
  return (
    <button
      type="button"
      className={`jp-mod-styled jp-LocalAI-button ${props.main ? 'jp-mod-accept' : ''}`}
      aria-label={props.label}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** A quiet button that looks like a link. */
export function LinkButton(props: {
  children: React.ReactNode;
  onClick: () => void;
  expanded?: boolean;
  /** What the button does, when its text alone does not say it. */
  hint?: string;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-LocalAI-linkButton"
      aria-expanded={props.expanded}
      title={props.hint}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
