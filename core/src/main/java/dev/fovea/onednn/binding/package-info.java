/**
 * A typed Java binding of oneDNN's C API, in which every native object has one owner; the only
 * package that uses JavaCPP.
 *
 * <p>Reading order: {@link dev.fovea.onednn.binding.NativeLibrary} (loading), {@link
 * dev.fovea.onednn.binding.Owner} (ownership), {@link dev.fovea.onednn.binding.MemoryDesc}, {@link
 * dev.fovea.onednn.binding.Descriptions} (operations), {@link
 * dev.fovea.onednn.binding.PrimitiveDesc}, {@link dev.fovea.onednn.binding.Primitive}, {@link
 * dev.fovea.onednn.binding.NativeMemory}. Next: package {@code dev.fovea.onednn}.
 */
@NullMarked
package dev.fovea.onednn.binding;

import org.jspecify.annotations.NullMarked;
