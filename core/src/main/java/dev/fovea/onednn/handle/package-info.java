/**
 * oneDNN's C interface as typed Java objects with one owner each; the only package that knows
 * JavaCPP.
 *
 * <p>Reading order: {@link dev.fovea.onednn.handle.NativeLibrary} (what is loaded), {@link
 * dev.fovea.onednn.handle.Owner} (who frees what), {@link dev.fovea.onednn.handle.MemoryDesc},
 * {@link dev.fovea.onednn.handle.Descriptions} (operations), {@link
 * dev.fovea.onednn.handle.PrimitiveDesc}, {@link dev.fovea.onednn.handle.Primitive}, {@link
 * dev.fovea.onednn.handle.NativeMemory}. Next: package {@code dev.fovea.onednn}.
 */
@NullMarked
package dev.fovea.onednn.handle;

import org.jspecify.annotations.NullMarked;
