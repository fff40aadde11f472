using System;

namespace Lr2vq.Operators;

/// <summary>The compiler gives an operator only the element types that it documents; anything else is a damaged Plan.</summary>
internal static class UnexpectedType
{
    public static InvalidOperationException Of(ElementType type) => new($"The operator has no kernel for element type {type}.");
}
