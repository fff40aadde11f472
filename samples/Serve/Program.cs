// POST /classify?width=224&height=224 with the pixels of a picture, 3 bytes each, answers with the likeliest classes; GET /health.
using System.Buffers;
using Lr2vq;
using Serve;

const int MostPixels = 4_000_000;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddProblemDetails();
builder.Services.AddLr2vqModel<Classifier>(options => builder.Configuration.GetSection("Classifier").Bind(options));
builder.Services.AddHealthChecks().AddLr2vqModel<Classifier>();
WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapHealthChecks("/health");

app.MapPost("/classify", async (HttpRequest request, int width, int height, Classifier model, CancellationToken stop) =>
{
    // Before a byte of the picture is read.
    if (width < 1 || height < 1 || (long)width * height > MostPixels)
        return Results.Problem($"A picture of {width} x {height} pixels is not accepted; {MostPixels} pixels are the most", statusCode: 400);
    int length = 3 * width * height;
    if (request.ContentLength != length)
        return Results.Problem($"A picture of {width} x {height} pixels has {length} bytes; the request has {request.ContentLength?.ToString() ?? "no length"}", statusCode: 400);

    byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
    try
    {
        Memory<byte> pixels = buffer.AsMemory(0, length);
        await request.Body.ReadExactlyAsync(pixels, stop);
        ClassScore[] best = await model.TopKAsync(pixels, width, height, count: 5, stop);
        return Results.Ok(best);
    }
    catch (ArgumentException problem)
    {
        return Results.Problem(problem.Message, statusCode: 400);
    }
    finally
    {
        ArrayPool<byte>.Shared.Return(buffer);
    }
});
app.Run();
