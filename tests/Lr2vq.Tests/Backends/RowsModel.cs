using System;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.OnnxRuntime;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Backends;

/// <summary>What the generator would write for distances between rows of 64 numbers, which the compiler does not take and ONNX Runtime computes.</summary>
internal sealed class RowsModel(ModelSource source, SessionOptions? options = null) : OnnxRuntimeModel(source, "", options), ILr2vqModel<RowsModel>
{
    private static readonly Lazy<byte[]> s_artifact = new(() =>
    {
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(Onnx());
        return chain.Artifact;
    });

    public static byte[] Artifact => s_artifact.Value;

    public static byte[] Onnx() => new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64)
        .Initializer("w", RandomTensor.Floats(4, 64, 64)).Node("MatMul", ["x", "w"], ["m"])
        .Node("CDist", ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N").Build();

    public static RowsModel Create(SessionOptions? options = null) => new(ModelSource.Memory(Artifact), options);

    public void Predict(ReadOnlySpan<float> x, Span<float> y)
    {
        CheckInput(0, x.Length);
        CheckOutput(0, y.Length);
        OnnxRuntimeSession session = Rent();
        try
        {
            session.SetInput(0, x);
            session.Run();
            session.GetOutput(0, y);
        }
        finally
        {
            Return(session);
        }
    }

    public async ValueTask PredictAsync(ReadOnlyMemory<float> x, Memory<float> y, CancellationToken cancellationToken)
    {
        CheckInput(0, x.Length);
        CheckOutput(0, y.Length);
        OnnxRuntimeSession session = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            session.SetInput(0, x.Span);
            session.Run(cancellationToken);
            session.GetOutput(0, y.Span);
        }
        finally
        {
            Return(session);
        }
    }

    public OnnxRuntimeSession Take() => Rent();

    public ValueTask<OnnxRuntimeSession> TakeAsync(CancellationToken cancellationToken) => RentAsync(cancellationToken);

    public void GiveBack(OnnxRuntimeSession session) => Return(session);
}
