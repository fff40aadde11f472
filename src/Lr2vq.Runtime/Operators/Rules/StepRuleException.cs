using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>A step does not keep a rule of its operator. Who is to blame decides what the caller of a session sees: lengths that inputs
/// bring are the caller's, all else is the file's.</summary>
/// <param name="what">The rule and the values that break it.</param>
/// <param name="first">An expression of the input shapes that decides a length involved; null if there is none.</param>
/// <param name="second">Another.</param>
internal sealed class StepRuleException(string what, Dimension? first = null, Dimension? second = null) : Exception(what)
{
    /// <summary>The expressions of the input shapes that are involved; empty if the file alone breaks the rule.</summary>
    public Dimension[] Causes { get; } = (first, second) switch
    {
        (null, null) => [],
        (null, _) => [second],
        (_, null) => [first],
        _ => [first, second],
    };
}
