/**
 * A typed Java binding of oneDNN's C API and of the OpenMP threads it runs on, in which every
 * native object has one owner; the only package that uses JavaCPP and JNA.
 *
 * <p>Reading order: {@link dev.fovea.onednn.binding.NativeLibrary} (loading), {@link
 * dev.fovea.onednn.binding.Owner} (ownership), {@link dev.fovea.onednn.binding.MemoryDesc}, {@link
 * dev.fovea.onednn.binding.Descriptions} (operations), {@link
 * dev.fovea.onednn.binding.PrimitiveDesc}, {@link dev.fovea.onednn.binding.Primitive}, {@link
 * dev.fovea.onednn.binding.NativeMemory}; for code of our own {@link
 * dev.fovea.onednn.binding.MachineCode} (a function in executable memory) and {@link
 * dev.fovea.onednn.binding.Team} (the threads that run it). Next: package {@code dev.fovea.onednn}.
 */
@NullMarked
package dev.fovea.onednn.binding;

import org.jspecify.annotations.NullMarked;
