package org.impetusmta.module.bzip2io;

import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.impetusmta.testkit.io.TransformingIoContract;

class Bzip2IoTest extends TransformingIoContract {
  @Override
  protected String scheme() {
    return "bzip2";
  }

  @Override
  protected TransformingIo create(IoWrappers wrappers) {
    return new Bzip2Io(wrappers);
  }
}
