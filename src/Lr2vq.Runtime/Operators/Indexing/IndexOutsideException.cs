using System;

namespace Lr2vq.Operators;

/// <summary>An index among the values of a tensor is outside of what it points into.</summary>
internal sealed class IndexOutsideException(string what) : InvalidOperationException(what);
