import * as React from 'react';

/** A step of the guide. */
export function Step(props: {
  done: boolean;
  title: string;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <li className={props.done ? 'jp-mod-done' : ''}>
      <h3>{props.title}</h3>
      {props.children}
    </li>
  );
}
