// The service of samples/Serve with ONNX Runtime: Lr2vq.ServePeer MODEL.onnx [ASP.NET options]. Pictures have the size of the network's input.
using System.Buffers;
using Microsoft.ML.OnnxRuntime;

float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];

using Microsoft.ML.OnnxRuntime.SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
using InferenceSession session = new(args[0], options);
using RunOptions run = new();
string[] inputs = [.. session.InputMetadata.Keys], outputs = [session.OutputMetadata.Keys.First()];

WebApplicationBuilder builder = WebApplication.CreateBuilder(args[1..]);
builder.Services.AddProblemDetails();
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapGet("/health", () => "Healthy");

app.MapPost("/classify", async (HttpRequest request, int width, int height, CancellationToken stop) =>
{
    int area = width * height, length = 3 * area;
    if (request.ContentLength != length) return Results.Problem($"{length} bytes are expected", statusCode: 400);
    byte[] pixels = ArrayPool<byte>.Shared.Rent(length);
    float[] image = ArrayPool<float>.Shared.Rent(length);
    try
    {
        await request.Body.ReadExactlyAsync(pixels.AsMemory(0, length), stop);
        for (int channel = 0; channel < 3; channel++)
            for (int i = 0; i < area; i++) image[channel * area + i] = (pixels[3 * i + channel] / 255f - mean[channel]) / deviation[channel];
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, image.AsMemory(0, length), [1, 3, height, width]);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, inputs, [input], outputs);
        return Results.Ok(Best(results[0].GetTensorDataAsSpan<float>(), 5));
    }
    finally
    {
        ArrayPool<byte>.Shared.Return(pixels);
        ArrayPool<float>.Shared.Return(image);
    }
});
app.Run();

static Score[] Best(ReadOnlySpan<float> logits, int count)
{
    float[] shares = logits.ToArray();
    int[] order = [.. Enumerable.Range(0, shares.Length)];
    float largest = shares.Max();
    for (int i = 0; i < shares.Length; i++) shares[i] = MathF.Exp(shares[i] - largest);
    float sum = shares.Sum();
    Array.Sort(order, (a, b) => shares[b].CompareTo(shares[a]));
    return [.. order.Take(count).Select(i => new Score(i, shares[i] / sum, ""))];
}

internal sealed record Score(int Index, float Value, string Label);
