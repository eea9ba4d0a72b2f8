package dev.fovea;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A test of what oneDNN does with AVX-512: which code it chooses, or figures that depend on the
 * order in which that code adds. Left out, and reported, on a CPU without AVX-512.
 */
@Tag(LeftOut.AVX512)
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface NeedsAvx512 {
  /** Why other instructions would not do. */
  String because();
}
