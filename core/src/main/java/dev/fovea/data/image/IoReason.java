package dev.fovea.data.image;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reason for an I/O error in a few words, without the file's name.
 *
 * <p>The messages of {@link FileSystemException} repeat the path, and some contain nothing else, so
 * messages that already name the file take only the reason.
 */
public final class IoReason {
  private static final Pattern IN_PARENTHESES = Pattern.compile(".*\\(([^()]+)\\)", Pattern.DOTALL);

  private IoReason() {}

  /** The reason for {@code e}, or for its cause if {@code e} wraps an {@link IOException}. */
  public static String of(Exception e) {
    if (e instanceof UncheckedIOException wrapper && wrapper.getCause() != null) {
      return of(wrapper.getCause());
    }
    if (e instanceof FileSystemException fs) {
      return of(fs);
    }
    if (e.getMessage() == null) {
      return e.getClass().getSimpleName();
    }
    Matcher named = IN_PARENTHESES.matcher(e.getMessage());
    return e instanceof FileNotFoundException && named.matches() ? named.group(1) : e.getMessage();
  }

  private static String of(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NotDirectoryException) {
      return "it is not a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "it already exists";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    }
    if (e instanceof FileSystemLoopException) {
      return "its links form a loop";
    }
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
  }
}
