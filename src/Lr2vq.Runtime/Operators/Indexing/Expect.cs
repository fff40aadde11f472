using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Passes a tensor on if another holds certain numbers: sizes or axes that are data, where the model declares what they lead to.</summary>
/// <remarks>(x, given i32 or i64) → (y), any type but text, plain; y may be the memory of x. Attributes values (one for each element of given), or (others that are right too), free (one −1 is right too),
/// any (places that hold anything), rank (they are axes of so many dimensions, in any order; 0).</remarks>
public sealed unsafe class Expect : Operator, IOperator<Expect>
{
    private readonly long[] _values, _or;
    private readonly int[] _any;
    private readonly bool _free;
    private readonly int _rank;

    private Expect(StepAttributes attributes)
    {
        _values = Numbers(attributes, "values");
        _or = Numbers(attributes, "or");
        (_any, _free, _rank) = (attributes.Ints("any"), attributes.Flag("free"), attributes.Int("rank", 0));
    }

    /// <inheritdoc/>
    public static Expect Read(StepAttributes attributes) => new(attributes);

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized();
        rules.Input(1).Is(ElementType.Int32, ElementType.Int64).HasCount(_values.Length);
        StepRules.Require(_or.Length == 0 || _or.Length == _values.Length, "its values differ in number");
        rules.Output(0).IsLike(x.Type).HasShape(x.Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        IndexReader given = new(arguments.Inputs[1]);
        if (_rank > 0) CheckAxes(given);
        else CheckLengths(given);
        if (x.Data == y.Data) return;
        long bytes = y.Length * ElementTypes.ByteLength(y.Type);
        Buffer.MemoryCopy(x.Data, y.Data, bytes, bytes);
    }

    private void CheckLengths(IndexReader given)
    {
        bool free = _free;
        for (int i = 0; i < _values.Length; i++)
        {
            long value = given.Raw(i);
            if (value == _values[i] || _or.Length > 0 && value == _or[i] || Array.IndexOf(_any, i) >= 0) continue;
            if (!free || value != -1) throw Other(i, value);
            free = false;
        }
    }

    private void CheckAxes(IndexReader given)
    {
        for (int i = 0; i < _values.Length; i++)
        {
            bool found = false;
            for (int g = 0; g < _values.Length && !found; g++) found = given.Raw(g) == _values[i] || given.Raw(g) == _values[i] - _rank;
            if (!found) throw new IndexOutsideException(FormattableString.Invariant($"axis {_values[i]} is not among those given, though the declared shape of its result needs it"));
        }
    }

    private IndexOutsideException Other(int place, long value) =>
        new(FormattableString.Invariant($"number {value} at position {place} is not {_values[place]}, which the declared shape of its result needs"));

    private static long[] Numbers(StepAttributes attributes, string name) =>
        Array.ConvertAll(attributes.Dimensions(name), d => d.IsConstant ? d.Value : throw new FormatException($"Attribute {name} has no numbers."));
}
