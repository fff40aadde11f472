using System;
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

    /// <summary>Scratch for the candidates of a class; the state is how many of them may be taken.</summary>
    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int count = shapes.Inputs[1].Shape[2];
        long most = _most is null ? count : Math.Clamp(shapes.Evaluate(_most), 0, count);
        return new((long)count * sizeof(int), new Limit(most));
    }

    private sealed record Limit(long Most);

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView scores = ref arguments.Inputs[1];
        int images = scores.Shape[0], classes = scores.Shape[1], count = scores.Shape[2];
        long most = ((Limit)arguments.State!).Most;
        if (Given(arguments, 2) is { IsGiven: true } limit) most = Math.Clamp(limit.View.I64[0], 0, most);
        float overlap = Given(arguments, 3) is { IsGiven: true } share ? share.View.F32[0] : 0f;
        float? least = Given(arguments, 4) is { IsGiven: true } bound ? bound.View.F32[0] : null;
        long* y = arguments.Outputs[0].I64;
        long found = 0;
        for (int image = 0; image < images; image++)
        {
            float* boxes = arguments.Inputs[0].F32 + 4L * image * count;
            for (int c = 0; c < classes; c++)
            {
                ScoreHeap heap = new((int*)arguments.Scratch, scores.F32 + ((long)image * classes + c) * count);
                heap.Fill(count, least);
                long* rows = y + 3 * found;
                long taken = 0;
                while (taken < most && heap.Take() is >= 0 and var box)
                {
                    if (IsCovered(boxes, box, rows, taken, overlap)) continue;
                    (rows[3 * taken], rows[3 * taken + 1], rows[3 * taken + 2]) = (image, c, box);
                    taken++;
                }
                found += taken;
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

    /// <summary>True if a box that was taken overlaps with this one too much.</summary>
    private bool IsCovered(float* boxes, int box, long* rows, long taken, float overlap)
    {
        BoxSides own = Sides(boxes + 4L * box);
        for (long i = 0; i < taken; i++)
            if (own.OverlapsMore(Sides(boxes + 4 * rows[3 * i + 2]), overlap)) return true;
        return false;
    }

    private BoxSides Sides(float* box)
    {
        if (!_isCenter) return new(Math.Min(box[1], box[3]), Math.Max(box[1], box[3]), Math.Min(box[0], box[2]), Math.Max(box[0], box[2]));
        float width = box[2] / 2, height = box[3] / 2;
        return new(box[0] - width, box[0] + width, box[1] - height, box[1] + height);
    }
}
