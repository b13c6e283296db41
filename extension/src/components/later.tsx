import * as React from 'react';

/**
 * A component whose code is loaded when it is first shown.
 *
 * Until then `Meanwhile` stands in for it, and `Missing` if the code cannot be loaded, as after an update of the server.
 */
export function later<P extends object>(
  load: () => Promise<React.ComponentType<P>>,
  Meanwhile: React.ComponentType<P>,
  Missing: React.ComponentType<P> = Meanwhile
): React.ComponentType<P> {
  const Loaded = React.lazy(() =>
    load()
      .catch(error => {
        console.warn('jupyter-localai: a part of the panel is missing', error);
        return Missing;
      })
      .then(component => ({ default: component }))
  ) as unknown as React.ComponentType<P>;
  return function Later(props: P): JSX.Element {
    return (
      <React.Suspense fallback={<Meanwhile {...props} />}>
        <Loaded {...props} />
      </React.Suspense>
    );
  };
}
