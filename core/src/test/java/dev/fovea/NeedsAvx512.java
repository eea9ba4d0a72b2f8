package dev.fovea;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Marks a test that needs AVX-512: it checks which oneDNN implementation is chosen, or values that
 * depend on the summation order of that implementation. Excluded, and reported, on CPUs without
 * AVX-512.
 */
@Tag(LeftOut.AVX512)
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface NeedsAvx512 {
  /** Why other instruction sets are not enough. */
  String because();
}
