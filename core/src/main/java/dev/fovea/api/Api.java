package dev.fovea.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a type that programs use. Types without this mark are internal, even if they are public:
 * they change without notice.
 *
 * <p>A marked type shows only marked types and types of the JDK in its signatures.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface Api {
  /** How long programs can rely on the type. */
  Status value();

  /** How long programs can rely on a type. */
  enum Status {
    /** Changes that break programs come only with a new major version. */
    STABLE,
    /** May change with any version; the change log says how. */
    EXPERIMENTAL
  }
}
