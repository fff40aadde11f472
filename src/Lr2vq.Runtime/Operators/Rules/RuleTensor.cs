using System;
using System.Collections.Generic;
using System.Globalization;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What the Plan says of a value beyond its type and its present shape.</summary>
/// <param name="Shape">Its dimensions as expressions; null if all are numbers.</param>
/// <param name="Role">What the weight is used for; null for a value.</param>
/// <param name="Groups">Groups of a weight.</param>
internal readonly record struct ValueOrigin(IReadOnlyList<Dimension>? Shape = null, WeightRole? Role = null, int Groups = 1);

/// <summary>An input or output of a step, and what a rule can ask of it. Every question throws <see cref="StepRuleException"/> if the answer is no.</summary>
internal readonly struct RuleTensor(TensorView view, ValueOrigin origin, bool isOutput, int index)
{
    public ElementType Type => view.Type;
    public TensorLayout Layout => view.Layout;
    public int Rank => view.Shape.Length;
    /// <summary>What the weight is used for; null for a value.</summary>
    public WeightRole? Role => origin.Role;
    public int Groups => origin.Groups;
    public bool IsBlocked => view.Layout == TensorLayout.Blocked;

    /// <summary>The length of an axis; the axis must exist.</summary>
    public Extent this[Index axis]
    {
        get
        {
            int at = axis.GetOffset(Rank);
            if ((uint)at >= (uint)Rank) throw Wrong(FormattableString.Invariant($"has {Rank} dimensions, too few"));
            return new Extent(view.Shape[at], origin.Shape is { } shape && !shape[at].IsConstant ? shape[at] : null);
        }
    }

    public Extent[] Shape
    {
        get
        {
            var shape = new Extent[Rank];
            for (int d = 0; d < shape.Length; d++) shape[d] = this[d];
            return shape;
        }
    }

    /// <summary>Logical elements.</summary>
    public Extent Count => Extent.Product(Shape);

    /// <summary>The type is one of these.</summary>
    public RuleTensor Is(params ReadOnlySpan<ElementType> types)
    {
        foreach (ElementType type in types)
            if (type == Type) return this;
        throw Wrong("has the type " + Word(Type));
    }

    /// <summary>The type is any that has elements of fixed size.</summary>
    public RuleTensor IsSized() => ElementTypes.ByteLength(Type) > 0 ? this : throw Wrong("has the type " + Word(Type));

    /// <summary>The type is one that is computed with: not of 4 bits, and no float of 8.</summary>
    public RuleTensor IsWide() => ElementTypes.IsNarrow(Type) ? throw Wrong("has the type " + Word(Type)) : IsSized();

    public RuleTensor IsLike(ElementType type) => Type == type ? this : throw Wrong("has the type " + Word(Type) + " where " + Word(type) + " is needed");

    public RuleTensor IsPlain() => IsBlocked ? throw Wrong("is blocked") : this;

    public RuleTensor HasLayout(TensorLayout layout) => Layout == layout ? this : throw Wrong(IsBlocked ? "is blocked" : "is plain");

    /// <summary>A weight that a kernel takes in its compressed form has one of these roles; a value has none.</summary>
    public RuleTensor HasRole(params ReadOnlySpan<WeightRole> roles)
    {
        foreach (WeightRole role in roles)
            if (role == Role) return this;
        return Role is null ? this : throw Wrong("is a weight of the role " + Role);
    }

    public RuleTensor HasRank(int least, int most) => Rank >= least && Rank <= most
        ? this
        : throw Wrong(FormattableString.Invariant($"has {Rank} dimensions"));

    public RuleTensor HasRank(int rank) => HasRank(rank, rank);

    /// <summary>The shape is this one.</summary>
    public void HasShape(params ReadOnlySpan<Extent> expected)
    {
        if (Rank != expected.Length) throw Wrong("has the shape " + Extent.Text(Shape) + " where " + Extent.Text(expected) + " is needed");
        for (int d = 0; d < Rank; d++)
            if (view.Shape[d] != expected[d].Value)
                throw new StepRuleException(Name + " has the shape " + Extent.Text(Shape) + " where " + Extent.Text(expected) + " is needed",
                    this[d].Cause, expected[d].Cause);
    }

    /// <summary>As many elements as this.</summary>
    public void HasCount(Extent expected)
    {
        Extent count = Count;
        if (count.Value != expected.Value)
            throw new StepRuleException(FormattableString.Invariant($"{Name} {Extent.Text(Shape)} has {count} elements where {expected} are needed"),
                count.Cause, expected.Cause);
    }

    /// <summary>The file breaks a rule.</summary>
    public StepRuleException Wrong(string what) => new(Name + " " + what);

    public override string ToString() => Name + " " + Extent.Text(Shape);

    /// <summary>What messages call it; made for them alone.</summary>
    private string Name => (isOutput ? "output " : "input ") + index.ToString(CultureInfo.InvariantCulture);

    private static string Word(ElementType type) => type == ElementType.Undefined ? "none" : ElementTypes.Word(type);
}
