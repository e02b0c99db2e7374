"""A road map out of the file that a school already has: readers of formats, one understanding above them."""
