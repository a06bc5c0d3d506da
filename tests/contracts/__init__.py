"""Laws of the code base that hold across apps."""
