using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Passes a tensor on if another holds certain numbers: sizes or axes that are data, where the model declares what they lead to.</summary>
/// <remarks>(x, given i32 or i64) → (y), any type but text, plain; y may be the memory of x. Attributes values (one for each element of given), or (others that are right too), free (one −1 is right too),
/// any (places that hold anything), rank (they are axes of so many dimensions, in any order; 0), sets (how many sets of axes values are, one of which is given; 1).</remarks>
public sealed unsafe class Expect : Operator, IOperator<Expect>
{
    private readonly long[] _values, _or;
    private readonly int[] _any;
    private readonly bool _free;
    private readonly int _rank, _sets;

    private Expect(StepAttributes attributes)
    {
        _values = Numbers(attributes, "values");
        _or = Numbers(attributes, "or");
        (_any, _free, _rank, _sets) = (attributes.Ints("any"), attributes.Flag("free"), attributes.Int("rank", 0), attributes.Int("sets", 1));
    }

    /// <inheritdoc/>
    public static Expect Read(StepAttributes attributes) => new(attributes);

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized();
        StepRules.Require(_sets > 0 && _values.Length % _sets == 0 && (_sets == 1 || _rank > 0), "its sets of axes do not fit its values");
        rules.Input(1).Is(ElementType.Int32, ElementType.Int64).HasCount(_values.Length / _sets);
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
        int count = _values.Length / _sets;
        for (int set = 0; set < _sets; set++)
            if (Names(given, set * count, count)) return;
        throw new IndexOutsideException("the axes given are none of those that the declared shape of its result needs");
    }

    /// <summary>Each axis of a set is among those given, which are as many.</summary>
    private bool Names(IndexReader given, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            bool found = false;
            for (int g = 0; g < count && !found; g++) found = given.Raw(g) == _values[i] || given.Raw(g) == _values[i] - _rank;
            if (!found) return false;
        }
        return true;
    }

    private IndexOutsideException Other(int place, long value) =>
        new(FormattableString.Invariant($"number {value} at position {place} is not {_values[place]}, which the declared shape of its result needs"));

    private static long[] Numbers(StepAttributes attributes, string name) =>
        Array.ConvertAll(attributes.Dimensions(name), d => d.IsConstant ? d.Value : throw new FormatException($"Attribute {name} has no numbers."));
}
