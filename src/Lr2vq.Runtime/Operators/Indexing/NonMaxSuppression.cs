using System;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX NonMaxSuppression: of boxes that overlap, the one with the best score, for each image and class.</summary>
/// <remarks>(boxes [images, count, 4], scores [images, classes, count], most i64 [] or [1], overlap f32 [] or [1], least score f32 [] or [1]; the last three
/// optional) → (found i64 [found, 3]: image, class, box; of each class by falling score, of equal ones the first), plain. Attributes center_point_box (0: two
/// opposite corners as y, x, y, x; 1: center x, center y, width, height; 0), most (how many boxes of a class at most, an expression, where it is known; the
/// input is absent then).</remarks>
public sealed unsafe class NonMaxSuppression : Operator, IOperator<NonMaxSuppression>
{
    private readonly bool _isCenter;
    private readonly Dimension? _most;

    private NonMaxSuppression(bool isCenter, Dimension? most) => (_isCenter, _most) = (isCenter, most);

    /// <inheritdoc/>
    public static NonMaxSuppression Read(StepAttributes attributes) => new(attributes.Flag("center_point_box"), attributes.Dimensions("most") switch
    {
        [] => null,
        [var most] => most,
        _ => throw new FormatException("Attribute most is not one number"),
    });

    internal override bool FindsSize => true;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 5);
        rules.Plain();
        RuleTensor boxes = rules.Input(0).IsLike(ElementType.Float32).HasRank(3), scores = rules.Input(1).IsLike(ElementType.Float32).HasRank(3);
        boxes.HasShape(scores[0], scores[2], 4);
        for (int i = 2; i < rules.InputCount; i++)
            if (rules.Has(i)) rules.Input(i).IsLike(i == 2 ? ElementType.Int64 : ElementType.Float32).HasRank(0, 1).HasCount(1);
        StepRules.Require(!rules.Has(2) || _most is null, "how many boxes it finds at most is there twice");
        Extent each = rules.Has(2) ? scores[2] : _most is null ? 0 : rules.Evaluate(_most);
        if (each.Value < 0) each = 0;
        if (each.Value > scores[2].Value) each = scores[2];
        rules.Output(0).IsLike(ElementType.Int64).HasShape(scores[0] * scores[1] * each, 3);
    }

    /// <summary>Scratch for the candidates of a class and for what is taken of them; the state is how many may be taken.</summary>
    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int count = shapes.Inputs[1].Shape[2], most = _most is null ? count : (int)Math.Clamp(shapes.Evaluate(_most), 0, count);
        return new(ScoreOrder.ByteLength(count) + KeptBoxes.ByteLength(most), new Limit(most));
    }

    private sealed record Limit(int Most);

    internal override void Run(in StepArguments arguments)
    {
        Isa isa = Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Find<Lanes512, Vector512<float>>(arguments);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Find<Lanes256, Vector256<float>>(arguments);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) Find<Lanes128, Vector128<float>>(arguments);
        else Find<Lanes1, float>(arguments);
    }

    private void Find<L, V>(in StepArguments arguments) where L : struct, ILanes<V> where V : struct
    {
        ref readonly TensorView scores = ref arguments.Inputs[1];
        int images = scores.Shape[0], classes = scores.Shape[1], count = scores.Shape[2], most = ((Limit)arguments.State!).Most;
        if (Given(arguments, 2) is { IsGiven: true } limit) most = (int)Math.Clamp(limit.View.I64[0], 0, most);
        float overlap = Given(arguments, 3) is { IsGiven: true } share ? share.View.F32[0] : 0f;
        float? least = Given(arguments, 4) is { IsGiven: true } bound ? bound.View.F32[0] : null;
        ScoreOrder order = new(arguments.Scratch, count);
        KeptBoxes kept = new(arguments.Scratch + ScoreOrder.ByteLength(count), most, overlap);
        long* y = arguments.Outputs[0].I64;
        long found = 0;
        for (int image = 0; image < images; image++)
        {
            float* boxes = arguments.Inputs[0].F32 + 4L * image * count;
            (float from, float to) = Lefts(boxes, count);
            for (int c = 0; c < classes; c++)
            {
                order.Fill<L, V>(scores.F32 + ((long)image * classes + c) * count, count, least);
                kept.Clear(from, to);
                for (int taken = 0; taken < most && order.Take() is >= 0 and var box;)
                {
                    BoxSides sides = Sides(boxes + 4L * box);
                    if (kept.Cover<L, V>(sides)) continue;
                    kept.Add(sides);
                    long* row = y + 3 * found++;
                    (row[0], row[1], row[2]) = (image, c, box);
                    taken++;
                }
            }
        }
        *arguments.Size = found;
    }

    private readonly ref struct Optional(bool isGiven, TensorView view)
    {
        public bool IsGiven { get; } = isGiven;
        public TensorView View { get; } = view;
    }

    private static Optional Given(in StepArguments arguments, int input) =>
        input < arguments.Inputs.Length && arguments.Inputs[input].Data != null ? new(true, arguments.Inputs[input]) : default;

    /// <summary>Between what two places boxes begin, from left to right.</summary>
    private (float From, float To) Lefts(float* boxes, int count)
    {
        (float from, float to) = (float.PositiveInfinity, float.NegativeInfinity);
        for (int i = 0; i < count; i++)
        {
            float left = Sides(boxes + 4L * i).Left;
            if (left < from) from = left;
            if (left > to) to = left;
        }
        return (from, to);
    }

    private BoxSides Sides(float* box)
    {
        if (!_isCenter) return new(Math.Min(box[1], box[3]), Math.Max(box[1], box[3]), Math.Min(box[0], box[2]), Math.Max(box[0], box[2]));
        float width = box[2] / 2, height = box[3] / 2;
        return new(box[0] - width, box[0] + width, box[1] - height, box[1] + height);
    }
}
