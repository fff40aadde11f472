using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX MaxPool over height and width; a window that holds a NaN is NaN. With the second output also where the largest elements lie.</summary>
public sealed class MaxPool : Operator, IOperator<MaxPool>
{
    private readonly PoolAttributes _attributes;
    private readonly bool _columnMajor;

    private MaxPool(StepAttributes attributes)
    {
        _attributes = PoolAttributes.Read(attributes);
        _columnMajor = attributes.Flag("storage_order");
    }

    /// <inheritdoc/>
    public static MaxPool Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        _attributes.Check(rules, mostOutputs: 2);
        if (rules.OutputCount == 1) return;
        rules.Plain();
        rules.Output(1).IsLike(ElementType.Int64).HasShape(rules.Output(0).Shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        PoolShape shape = _attributes.Shape(shapes);
        return new StepPreparation(shape.ScratchBytes, shape);
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var shape = (PoolShape)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        if (arguments.Outputs.Length > 1 && arguments.Outputs[1].Data != null) WithIndices(x, y, arguments.Outputs[1].I64, shape);
        else Pooling.Run(arguments.Team, x, y, shape.Images, shape.Lanes, shape.Geometry, arguments.Scratch, default(MaxOfWindow));
    }

    /// <summary>Indices count through the whole tensor; the first of equal elements wins, the first NaN over all.</summary>
    private unsafe void WithIndices(float* x, float* y, long* indices, PoolShape shape)
    {
        ConvGeometry g = shape.Geometry;
        long pixels = (long)g.InputHeight * g.InputWidth;
        for (long image = 0; image < shape.Images; image++, x += pixels)
            for (int oy = 0; oy < g.OutputHeight; oy++)
                for (int ox = 0; ox < g.OutputWidth; ox++, y++, indices++)
                {
                    float largest = float.NegativeInfinity;
                    long index = -1;
                    int top = oy * g.StrideY - g.Top, left = ox * g.StrideX - g.Left;
                    (int firstY, int lastY) = Pooling.Inside(top, g.DilationY, g.KernelHeight, g.InputHeight);
                    (int firstX, int lastX) = Pooling.Inside(left, g.DilationX, g.KernelWidth, g.InputWidth);
                    for (int ky = firstY; ky < lastY; ky++)
                        for (int kx = firstX; kx < lastX; kx++)
                        {
                            int iy = top + ky * g.DilationY, ix = left + kx * g.DilationX;
                            float value = x[(long)iy * g.InputWidth + ix];
                            if (index >= 0 && !(value > largest) && !(float.IsNaN(value) && !float.IsNaN(largest))) continue;
                            largest = value;
                            index = image * pixels + (_columnMajor ? (long)ix * g.InputHeight + iy : (long)iy * g.InputWidth + ix);
                        }
                    *y = largest;
                    *indices = index;
                }
    }
}
