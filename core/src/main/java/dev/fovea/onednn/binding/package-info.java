/**
 * oneDNN's C interface as typed Java objects with one owner each; the only package that knows
 * JavaCPP.
 *
 * <p>Reading order: {@link dev.fovea.onednn.binding.NativeLibrary} (what is loaded), {@link
 * dev.fovea.onednn.binding.Owner} (who frees what), {@link dev.fovea.onednn.binding.MemoryDesc},
 * {@link dev.fovea.onednn.binding.Descriptions} (operations), {@link
 * dev.fovea.onednn.binding.PrimitiveDesc}, {@link dev.fovea.onednn.binding.Primitive}, {@link
 * dev.fovea.onednn.binding.NativeMemory}. Next: package {@code dev.fovea.onednn}.
 */
@NullMarked
package dev.fovea.onednn.binding;

import org.jspecify.annotations.NullMarked;
