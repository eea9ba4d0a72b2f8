package dev.fovea;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import org.jspecify.annotations.Nullable;

/** The one engine of the process, loaded at first use; what it has measured is kept. */
final class Engine {
  private static @Nullable Backend loaded;

  private Engine() {}

  /**
   * The engine.
   *
   * @throws dev.fovea.onednn.binding.NativeException if it cannot be loaded on this machine
   */
  static synchronized Backend get() {
    Backend backend = loaded;
    if (backend == null) {
      backend = new OneDnnBackend();
      loaded = backend;
    }
    return backend;
  }
}
